# fish completion for sshwizard
complete -c sshwizard -a '(sshwizard completion words -- (commandline -opc)[2..-1] 2>/dev/null)'
