# Ends a throw-away PostgreSQL server and removes its directory, $CLUSTER, once standard input ends:
# only the owner of the cluster holds the other end.
trap '' HUP INT QUIT TERM
cat > /dev/null

cd "$CLUSTER" || exit 0

# The processes that carry the cluster's name.
living() {
    for file in $(grep -laF -f name /proc/[0-9]*/cmdline 2> /dev/null); do
        process=${file%/cmdline}
        case $(cat "$process/comm" 2> /dev/null) in
            postgres | initdb) echo "${process#/proc/}" ;;
        esac
    done
}

# An immediate shutdown first, which leaves no shared memory behind.
round=0
while pids=$(living) && [ -n "$pids" ]; do
    round=$((round + 1))
    if [ "$round" -le 50 ]; then signal=QUIT; else signal=KILL; fi
    kill -s "$signal" $pids 2> /dev/null
    sleep 0.05
done

# A server that was killed could not give its segment back.
if [ -s data/postmaster.pid ]; then
    ipcrm -m "$(sed -n 7p data/postmaster.pid | awk '{ print $2 }')" 2> /dev/null
fi

cd /
# Something that was just ending may still have written a file.
for round in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf "$CLUSTER" && exit 0
    sleep 0.1
done
