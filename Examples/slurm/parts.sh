#!/bin/bash
#SBATCH --array=0-7
#SBATCH --gpus=1
#SBATCH --time=4:00:00
#SBATCH --signal=B:TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
# A part of a job of many prompts, as one task of a Slurm array: sbatch parts.sh --model ORG/NAME
#
# SIGTERM comes two minutes before the time limit, and when somebody else's job is more urgent. What ended early is
# queued again, and goes on where it was.

gpt2-gpu batch --in prompts.jsonl --out "part-$SLURM_ARRAY_TASK_ID.jsonl" --shard auto --seed 7 --resume "$@" &
worker=$!
trap 'kill -TERM $worker' TERM
wait $worker
status=$?
# A signal for this shell ends its waiting before the worker ends.
while kill -0 $worker 2>/dev/null; do
  wait $worker
  status=$?
done

case $status in
  0 | 3) exit 0 ;;           # 3: items have errors, which are among the results
  2 | 4 | 6) exit $status ;; # asked wrongly, the model cannot be used, the disk is full: it would end so again
esac
# 5, 7, 75, 137, 143: the device, the network, the time, the memory, a signal.
echo "Part $SLURM_ARRAY_TASK_ID ended with $status; it has been begun ${SLURM_RESTART_COUNT:-0} times before." >&2
[[ ${SLURM_RESTART_COUNT:-0} -ge 20 ]] || scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
exit $status
