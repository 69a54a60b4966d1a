#!/bin/sh
# Submits the parts and, for when all have ended, what puts them together: ./submit.sh --model ORG/NAME
# Of prompts.jsonl in this folder becomes texts.jsonl. The log of merge says what is missing, if anything is.
set -e
parts=$(sbatch --parsable "$(dirname "$0")/parts.sh" "$@")
sbatch --array= --gpus=0 --dependency="afterany:$parts" --output=merge.log \
  --wrap "gpt2-gpu batch merge part-*.jsonl --in prompts.jsonl --out texts.jsonl"
