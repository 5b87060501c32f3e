/** Whether what takes long is tested as well: `VJEPA_NIGHTLY=1`, as the nightly workflow has it. */
export const nightly = process.env.VJEPA_NIGHTLY === '1';
