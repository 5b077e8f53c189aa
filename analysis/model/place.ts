export interface Place {
  file: string;
  line: number;
}
/** `src/app.ts:12` */
export const lineText = ({ file, line }: Place): string => `${file}:${line}`;
