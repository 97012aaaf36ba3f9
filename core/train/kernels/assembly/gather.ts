/**
 * `count` patches written next to one another, `patchBytes` apart, each the segments of `runBytes` at source + rows[r] + segments[s].
 * Up to twelve bytes behind the last patch are written as well, and read behind a run.
 */
export function gatherPatches(
  source: usize, rows: usize, count: i32, segments: usize, segmentCount: i32, runBytes: usize, to: usize, patchBytes: usize,
): void {
  const segmentsEnd = segments + (segmentCount << 2);
  for (const rowsEnd = rows + (count << 2); rows < rowsEnd; rows += 4) {
    const corner = source + load<u32>(rows);
    let write = to;
    for (let segment = segments; segment < segmentsEnd; segment += 4) {
      const read = corner + load<u32>(segment);
      // In ascending order, so that what is written beyond a run is overwritten by the next.
      for (let i: usize = 0; i < runBytes; i += 16) v128.store(write + i, v128.load(read + i));
      write += runBytes;
    }
    to += patchBytes;
  }
}
