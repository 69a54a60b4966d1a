extension Shard {
  /// The part of this task of an array of them, as Slurm or Kubernetes numbers it in the environment.
  ///
  /// Slurm's array tasks (`sbatch --array`) know their own number, the first and the step of all, and how many there are.
  /// The pods of a Kubernetes Job in Indexed mode know their index alone: the job must pass its `completions` on as
  /// `JOB_COMPLETIONS`.
  ///
  /// - Throws: ``JobError``, where this is no such task.
  package init(ofArrayTask environment: [String: String]) throws(JobError) {
    func number(_ name: String) throws(JobError) -> Int? {
      guard let text = environment[name], !text.isEmpty else { return nil }
      guard let number = Int(text), number >= 0 else {
        throw JobError("--shard auto reads \(name), which must be a whole number and is “\(text)”.")
      }
      return number
    }
    func shard(_ index: Int, of count: Int, _ names: String) throws(JobError) -> Shard {
      guard let shard = Shard("\(index)/\(count)") else {
        throw JobError(
          "--shard auto reads \(names), which make this part \(index) of \(count), counted from 0. The array's "
            + "numbers must follow one another, without gaps; otherwise give --shard i/N.")
      }
      return shard
    }
    if let task = try number("SLURM_ARRAY_TASK_ID") {
      guard let count = try number("SLURM_ARRAY_TASK_COUNT") else {
        throw JobError(
          "SLURM_ARRAY_TASK_ID is set and SLURM_ARRAY_TASK_COUNT is not: set it to the number of tasks, or give "
            + "--shard i/N.")
      }
      let first = try number("SLURM_ARRAY_TASK_MIN") ?? 0
      let step = max(1, try number("SLURM_ARRAY_TASK_STEP") ?? 1)
      let isRegular = task >= first && (task - first) % step == 0
      self = try shard(
        isRegular ? (task - first) / step : task, of: isRegular ? count : 0,
        "SLURM_ARRAY_TASK_ID, _MIN, _STEP and _COUNT")
    } else if let index = try number("JOB_COMPLETION_INDEX") {
      guard let count = try number("JOB_COMPLETIONS") else {
        throw JobError(
          "JOB_COMPLETION_INDEX is set, but Kubernetes does not tell a pod how many there are: set JOB_COMPLETIONS to "
            + "the job's completions in the pod's env, or give --shard i/N.")
      }
      self = try shard(index, of: count, "JOB_COMPLETION_INDEX and JOB_COMPLETIONS")
    } else {
      throw JobError(
        "--shard auto finds no array of tasks: neither SLURM_ARRAY_TASK_ID (sbatch --array) nor JOB_COMPLETION_INDEX "
          + "(a Kubernetes Job in Indexed mode) is set. Give --shard i/N.")
    }
  }
}
