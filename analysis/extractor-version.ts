/**
 * Names the extractor in cache keys and models; raised when the same input would give other output. By itself, so that
 * who only compares it does not load the analysis.
 */
export const EXTRACTOR_VERSION = '51';
