/** A number of percent in a table; one that is not there is a dash. */
export function percent(value: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(2);
}
