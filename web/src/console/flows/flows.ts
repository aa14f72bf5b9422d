import { useQuery } from '@tanstack/react-query';
import { api, body, type Schema } from '@/api';

export type Flow = Schema<'Flow'>;
export type Problem = Schema<'FlowProblem'>;
export type Diagram = Schema<'FlowDiagram'>;

/** The flows that came with the gateway and the bank's own. */
export function useFlows() {
  return useQuery({ queryKey: ['flows', 'list'], staleTime: 30_000, queryFn: async () => (await body(api.GET('/v1/flows'))).items });
}

/** Whether calls can be led by it now. */
export const inForce = (flow: Flow): boolean => flow.version !== undefined;

/** What a person reads of a flow: its title, and its name, which programs know it by. */
export const flowLabel = (flow: Pick<Flow, 'name' | 'title'>): string => (flow.title && flow.title !== flow.name ? `${flow.title} (${flow.name})` : flow.name);

/** As the API takes a name. */
export const flowName = /^[a-z][a-z0-9_]{0,39}$/;

/**
 * A flow's document under another name, as a beginning of one's own. The first
 * "flow:" at the beginning of a line is what names it.
 */
export function renamed(source: string, name: string): string {
  return /^flow:.*$/m.test(source) ? source.replace(/^flow:.*$/m, `flow: ${name}`) : `flow: ${name}\n${source}`;
}

/** The smallest flow that can be put in force, to begin with. */
export const emptyFlow = (name: string, locale: string): string => `flow: ${name}
title: ${name}
locales: [${locale}]
start: greeting
steps:
  greeting:
    say:
      ${locale}: "{bank}"
    next: end
  end:
    hang_up:
`;

/** The offset in the text of a line and column, both from 1; within the text whatever is asked. */
export function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  const at = Math.min(Math.max(1, line), lines.length);
  const before = lines.slice(0, at - 1).reduce((sum, l) => sum + l.length + 1, 0);
  return before + Math.min(Math.max(1, column) - 1, lines[at - 1]!.length);
}
