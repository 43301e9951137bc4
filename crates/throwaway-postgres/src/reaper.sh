# Ends a throw-away PostgreSQL server and removes its directory, $CLUSTER, once standard input ends:
# only the owner of the cluster holds the other end.
trap '' HUP INT QUIT TERM
cat > /dev/null

cd "$CLUSTER" || exit 0
# Without a name nothing was started.
name=$(cat name 2> /dev/null)

# The processes that carry the cluster's name.
living() {
    [ -n "$name" ] || return 0
    for file in $(grep -laF -e "$name" /proc/[0-9]*/cmdline 2> /dev/null); do
        process=${file%/cmdline}
        case $(cat "$process/comm" 2> /dev/null) in
            postgres | initdb) echo "${process#/proc/}" ;;
        esac
    done
}

# An immediate shutdown first, which leaves no shared memory behind.
end() {
    round=0
    while pids=$(living) && [ -n "$pids" ]; do
        round=$((round + 1))
        if [ "$round" -le 50 ]; then signal=QUIT; else signal=KILL; fi
        kill -s "$signal" $pids 2> /dev/null
        sleep 0.05
    done
}
end

# A server that was killed could not give its segment back.
if [ -s data/postmaster.pid ]; then
    ipcrm -m "$(sed -n 7p data/postmaster.pid | awk '{ print $2 }')" 2> /dev/null
fi

cd /
# Something that was just beginning may still write, and have no name that we know yet.
for again in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf "$CLUSTER"
    sleep 0.1
    end
    [ -e "$CLUSTER" ] || exit 0
done
