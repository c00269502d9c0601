# bash completion for sshwizard
_sshwizard() {
    local words
    words=$(sshwizard completion words -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
    COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sshwizard sshwizard
