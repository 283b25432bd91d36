#!/usr/bin/env bash
# Cuts films into shards on a Slurm cluster, then checks every shard. Run it where jobs can be submitted:
#
#     PARTITION=cpu TASKS=100 bash shard.sh FILMS OUTPUT [OPTION …]
#
# FILMS and OUTPUT lie where every node sees them: in a shared folder or a bucket. The options are those of
# `micron-bert shard`, such as `--sbatch account=lab`. Run it again after a failure: what is there is not made again.
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "Usage: bash shard.sh FILMS OUTPUT [OPTION …]" >&2
    exit 2
fi
films=$1 output=$2
shift 2
partition=${PARTITION:-cpu} # of the cluster
tasks=${TASKS:-100}         # at once
limit=${TIME:-04:00:00}     # of a task: four films of an hour take about one

said=$(micron-bert shard "$films" --output "$output" --executor slurm --partition "$partition" \
    --processes "$tasks" --time "$limit" "$@")
echo "$said"
job=$(sed -n 's/^job \([0-9]*\) is queued.*/\1/p' <<<"$said")
if [ -z "$job" ]; then # every shard was there
    exit 0
fi
# when all tasks have ended, however they ended
sbatch --dependency="afterany:$job" --partition="$partition" --time=02:00:00 --job-name=micron-bert-verify \
    --output="micron-bert-verify-$job.log" --wrap "micron-bert shard --verify --output $(printf %q "$output")"
echo "The check writes micron-bert-verify-$job.log; it names every shard that is missing or damaged."
