"""What AWS says where ssh is stopped: on the way, at the refusal, at the host key, at the login.

Each stretch asks first whose machine it is; for a plain host the answer costs nothing and the way goes on as before.
"""
