/** What a keeper starts. */
export interface HostStart {
  command: readonly string[];
  /** The working folder. */
  folder: string;
  /** Added to the keeper's own variables. */
  env: Readonly<Record<string, string>>;
}
