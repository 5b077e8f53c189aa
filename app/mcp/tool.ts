import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { z } from 'zod';
import type { Subject } from './subject.js';

/** One question that can be asked, as the protocol describes it, and how it is answered. */
export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> {
  name: string;
  title: string;
  description: string;
  input: Input;
  output: Output;
  answer(asked: z.infer<Input>, subject: Subject): Promise<CallToolResult>;
}

/** Keeps the types of one tool together where they are declared. */
export function tool<Input extends z.ZodObject, Output extends z.ZodObject>(it: Tool<Input, Output>): Tool {
  return it as unknown as Tool;
}
