/** Where a stream's packets lie in the file, in decoding order; empty where that is not known of every packet. */
export interface PacketLayout {
  /** Presentation times in time-base units. */
  times: Float64Array;
  /** Byte offsets in the file. */
  positions: Float64Array;
  /** Bytes. */
  sizes: Int32Array;
}
