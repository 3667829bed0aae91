# Takes a program in by standard input, and runs it: for any POSIX shell, with cat, wc, chmod and sleep.
# $1: the file's name; $2: the program's bytes; $3: the exit code where it cannot; $4: folders, of which the first that can be
# written to is taken; $5: seconds after which nobody will send it any more.
for folder in $4; do [ -d "$folder" ] && [ -w "$folder" ] && break; done
file=$folder/$1
umask 077
# A command in the background has no standard input but by another number.
exec 3<&0
cat <&3 >"$file" &
receiver=$!
{ sleep "$5" && kill "$receiver"; } >/dev/null 2>&1 &
wait "$receiver"
kill $! 2>/dev/null
[ -f "$file" ] || exit "$3"
size=$(wc -c <"$file")
# A shell takes what is no program for a script.
[ "$size" -eq "$2" ] || { echo "$size of $2 bytes arrived" >&2; rm -f "$file"; exit "$3"; }
chmod 700 "$file"
# No exec: a shell that fails at that ends, and the file stays.
"$file" 3<&-
code=$?
[ "$code" -eq 126 ] || exit "$code"
rm -f "$file"
exit "$3"
