/** The middle of the values; of an even number the mean of the two in the middle. Empty input gives NaN. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (Number.isInteger(middle)) return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
  return sorted[Math.floor(middle)] ?? Number.NaN;
}

/** A row of a results table in Markdown: what, the median, the least and the most, the bar. */
export function row(what: string, values: readonly number[], unit: string, bar: string): string {
  const round = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
  const range = `${round(Math.min(...values))} to ${round(Math.max(...values))}`;
  return `| ${what} | ${round(median(values))} ${unit} | ${range} (${values.length}) | ${bar} |`;
}

export const tableHead = "| figure | median | range (runs) | bar |\n| --- | --- | --- | --- |";
