/** Any server that speaks OpenAI's chat completions, asked for the words of one email. */
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';

import type { Environment } from '../../domain/environment.ts';
import type { Wording, WordingTask } from '../../domain/sop.ts';
import { normaliseText } from '../../domain/text.ts';

const wording_ms_max = 20_000;
const bad_replies_max = 2;
const explanation_chars_max = 600;

const reply_schema = z.object({ subject: z.string(), body: z.string(), explanation: z.string() });
type Reply = z.infer<typeof reply_schema>;

/** Null when no model is configured. */
export function createWording(
  environment: Pick<Environment, 'OPENAI_API_KEY' | 'OPENAI_BASE_URL' | 'OPENAI_MODEL'>,
  { budget_ms = wording_ms_max }: { budget_ms?: number } = {},
): Wording | null {
  const { OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL } = environment;
  if (OPENAI_API_KEY === undefined && OPENAI_BASE_URL === undefined) return null;
  const chat = new ChatOpenAI({
    model: OPENAI_MODEL,
    // A server of one's own may ask for no key; the library insists on one.
    apiKey: OPENAI_API_KEY ?? 'none',
    maxRetries: 0,
    useResponsesApi: false,
    configuration: { baseURL: OPENAI_BASE_URL },
  }).withStructuredOutput(reply_schema, { name: 'email', method: 'jsonSchema', strict: true });

  return {
    model: OPENAI_MODEL,
    async write(task) {
      const signal = AbortSignal.timeout(budget_ms);
      let failed = 'no reply';
      for (let tries = 0; tries < bad_replies_max && !signal.aborted; tries += 1) {
        const reply = await ask(task, tries === 0 ? null : failed, signal);
        if (!('failed' in reply)) return reply;
        failed = reply.failed;
      }
      return { failed };
    },
  };

  async function ask(task: WordingTask, objection: string | null, signal: AbortSignal): Promise<Reply | { failed: string }> {
    const again = objection === null ? '' : '\nYour last reply could not be used. Keep to every rule.';
    const asked = chat.invoke(
      [
        { role: 'system', content: task.system + again },
        { role: 'user', content: task.facts },
      ],
      { signal },
    );
    const outcome = await Promise.race([asked.then((value): unknown => value, asError), whenAborted(signal)]);
    if (signal.aborted) return { failed: 'it was too slow' };
    if (outcome instanceof Error) return { failed: whyFailed(outcome) };
    const reply = reply_schema.safeParse(outcome);
    if (!reply.success) return { failed: 'it was not in the asked form' };
    const words = {
      subject: reply.data.subject.trim(),
      body: reply.data.body.trim().replaceAll('\r\n', '\n'),
      explanation: inert(reply.data.explanation),
    };
    const refusal = task.objection(words);
    return refusal === null ? words : { failed: refusal };
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

function whenAborted(signal: AbortSignal): Promise<Error> {
  const { promise, resolve } = Promise.withResolvers<Error>();
  if (signal.aborted) resolve(new Error('aborted'));
  signal.addEventListener('abort', () => resolve(new Error('aborted')), { once: true });
  return promise;
}

/** By status only: the server's own text is untrusted. */
function whyFailed(error: Error): string {
  const status = 'status' in error && typeof error.status === 'number' ? error.status : null;
  if (status !== null) return `the model answered ${status}`;
  return /connect|fetch/i.test(error.message) ? 'the model could not be reached' : 'it was not in the asked form';
}

function inert(text: string): string {
  return normaliseText(text)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, explanation_chars_max);
}
