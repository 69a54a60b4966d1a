import Testing

@testable import Batch

@Suite struct ShardTests {
  @Test(arguments: [
    (["SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "8", "SLURM_ARRAY_TASK_MIN": "0"], "3/8"),
    (["SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "8", "SLURM_ARRAY_TASK_MIN": "1"], "2/8"),
    (["SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "8"], "7/8"),
    (
      [
        "SLURM_ARRAY_TASK_ID": "14", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "10",
        "SLURM_ARRAY_TASK_STEP": "2",
      ], "2/3"
    ),
    (["JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "5"], "0/5"),
    (["JOB_COMPLETION_INDEX": "4", "JOB_COMPLETIONS": "5", "SLURM_ARRAY_TASK_ID": ""], "4/5"),
  ])
  func tasksOfArraysAreParts(_ environment: [String: String], part: String) throws {
    #expect(try Shard(ofArrayTask: environment).description == part)
  }

  @Test(arguments: [
    ([:], "finds no array of tasks"),
    (["SLURM_ARRAY_TASK_ID": "1"], "SLURM_ARRAY_TASK_COUNT is not: set it"),
    (["SLURM_ARRAY_TASK_ID": "x", "SLURM_ARRAY_TASK_COUNT": "2"], "must be a whole number and is “x”"),
    (["SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "1"], "without gaps"),
    (["SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "1"], "without gaps"),
    (["JOB_COMPLETION_INDEX": "1"], "set JOB_COMPLETIONS to the job's completions"),
    (["JOB_COMPLETION_INDEX": "2", "JOB_COMPLETIONS": "2"], "part 2 of 2, counted from 0"),
  ])
  func whatIsNoTaskIsSaid(_ environment: [String: String], sentence: String) throws {
    let error = try #require(throws: JobError.self) { try Shard(ofArrayTask: environment) }
    #expect(error.description.contains(sentence), "\(error.description)")
  }
}
