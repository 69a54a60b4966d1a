#!/bin/bash
# Many prompts on a handful of machines with GNU parallel: ./parts.sh --model ORG/NAME
#
#   HOSTS=node1,node2,node3 PARTS=24 ./parts.sh      by ssh, in a folder that all machines have; without HOSTS, here
#
# prompts.jsonl becomes texts.jsonl. A part whose process or machine dies is begun again, three times at most, and goes
# on where it was; what failed all the same is tried again when this is run again. Items that have errors (exit code 3) are
# no failure: the errors are among the results.
set -e
parts=${PARTS:-8}
seq 0 $((parts - 1)) | parallel --sshlogin "${HOSTS:-:}" --workdir . --jobs "${JOBS:-1}" \
  --retries 3 --joblog parts.log --resume-failed --line-buffer --quote \
  sh -c 'gpt2-gpu batch "$@" || test $? = 3' gpt2-gpu \
  --in prompts.jsonl --out part-{}.jsonl --shard "{}/$parts" --seed 7 --resume "$@" ||
  echo "$? parts have ended with an error: parts.log says with which." >&2
gpt2-gpu batch merge part-*.jsonl --in prompts.jsonl --out texts.jsonl
