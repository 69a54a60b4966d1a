import Testing

@testable import System

@Suite struct DiskSpaceTests {
  @Test func foldersThatAreNotThereYetHaveTheRoomOfThoseAbove() throws {
    let here = try #require(DiskSpace.available(in: "/"))
    #expect(here > 0 && DiskSpace.available(in: "/no/such folder/at all") != nil)
    #expect(DiskSpace.available(in: "no-such-folder") == nil)
    #expect(DiskSpace.available(in: "") == nil)
  }
}
