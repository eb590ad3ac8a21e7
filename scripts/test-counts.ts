/** What a run, or a part of one, has counted so far. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const nothing: Counts = { passed: 0, failed: 0, skipped: 0 };

export function add(all: readonly Counts[]): Counts {
  const sum = (key: keyof Counts): number => all.reduce((total, counts) => total + counts[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** Whatever ended early must not look green, even when each test that ran had passed. */
export function atLeastOneFailed(counts: Counts): Counts {
  return counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

/** The end of a run's output. Its last line is what machines read: `N passed, N failed` and nothing else. */
export function lastLines({ passed, failed, skipped }: Counts): string {
  return `\n${skipped} skipped\n${passed} passed, ${failed} failed\n`;
}
