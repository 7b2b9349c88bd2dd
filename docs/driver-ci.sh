#!/bin/sh
# A driver's CI: runs a driver against a module of its own, and fails on what would break on a real one.
#
#     driver-ci.sh DRIVER ARG...          # the driver gets the path of the AT port as its last argument
#
# Exit codes: 0 good, 1 the driver itself failed, 2 the module could not be started, 3 the lint found an error.
# What happened lies in $OUT (./modemtwin-ci): trace, findings, and what the driver has met.
set -u
modemtwin=${MODEMTWIN:-modemtwin}
out=${OUT:-modemtwin-ci}
mkdir -p "$out"

# Answers take some time, so that a driver that does not wait for them is seen.
"$modemtwin" --port "uart1=pty:$out/modem" --latency 5-50 \
    --trace-json "$out/trace.jsonl" --lint "$out/lint.txt" --coverage "$out/coverage.txt" --fail-on-lint \
    >"$out/module.txt" 2>"$out/module-errors.txt" &
module=$!
trap 'kill "$module" 2>/dev/null' EXIT
until grep -q '^ready$' "$out/module.txt"; do
    kill -0 "$module" 2>/dev/null || { cat "$out/module-errors.txt" >&2; exit 2; }
    sleep 0.1
done

"$@" "$out/modem"
driver=$?

kill -TERM "$module"
wait "$module"
lint=$?
trap - EXIT
cat "$out/lint.txt"
[ "$driver" -eq 0 ] || { echo "the driver failed with $driver; see $out/trace.jsonl" >&2; exit 1; }
exit "$lint"
