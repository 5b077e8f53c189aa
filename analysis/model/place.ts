export interface Place {
  file: string;
  line: number;
}
