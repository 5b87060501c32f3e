export { centreClipOptions, clipPictures } from './centre-clips.js';
export { type ExamineClipsOptions, type ExaminedClip, examineClips } from './examine-clips.js';
export { type WriteReportOptions, type WrittenReport, writeReport } from './write-report.js';
