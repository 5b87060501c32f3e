# Stands for ssh: runs the command here, among the few variables that a login by ssh has.
# Arguments: -o OPTION NAME COMMAND
[ "$1" = -o ] || exit 255
exec env -i HOME="$HOME" PATH=/usr/bin:/bin SSH_NAME="$3" sh -c "$4"
