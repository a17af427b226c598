/**
 * Who wrote what, whatever shape a forms provider gives it: plain fields, a list of answers with their labels
 * (Tally, Jotform), or answers with the type of their field (Typeform). A member that cannot be read is null.
 */
import { address } from '../../domain/address.ts';
import type { Json } from '../../domain/text.ts';
import { instant, isObject } from '../tolerant.ts';

export interface Submission {
  type: string;
  submitted_at: string | null;
  email: string | null;
  name: string | null;
  company: string | null;
  message: string | null;
}

const default_type = 'form.submitted';
const name_chars_max = 200;
const message_chars_max = 10_000;

export function readSubmission(payload: { [key: string]: Json }): Submission {
  const fields = fieldsOf(payload);
  const named = (...names: string[]) => names.map((name) => fields.get(name)).find((value) => value !== undefined) ?? null;
  const whole_name = [named('firstname', 'givenname'), named('lastname', 'surname', 'familyname')]
    .filter((part) => part !== null)
    .join(' ');
  return {
    type: typeOf(payload),
    submitted_at: timeOf(payload),
    email: emailOf(named('email', 'emailaddress', 'workemail', 'businessemail', 'youremail', 'mail'), fields),
    name: cut(named('name', 'fullname', 'yourname', 'contactname') ?? (whole_name || null), name_chars_max),
    company: cut(named('company', 'companyname', 'organisation', 'organization'), name_chars_max),
    message: cut(
      named('message', 'yourmessage', 'comments', 'comment', 'question', 'enquiry', 'inquiry', 'details', 'body'),
      message_chars_max,
    ),
  };
}

function typeOf(payload: { [key: string]: Json }): string {
  const named = [payload.type, payload.event_type, payload.eventType, payload.event].find((type) => typeof type === 'string');
  return typeof named === 'string' && /^[\w.:-]{1,100}$/.test(named) ? named : default_type;
}

const time_names = ['submitted_at', 'submittedAt', 'created_at', 'createdAt', 'timestamp'];

function timeOf(payload: { [key: string]: Json }): string | null {
  const times = insidesOf(payload).flatMap((inside) => time_names.map((name) => instant.parse(inside[name])));
  return times.find((time) => time !== null) ?? null;
}

/** The payload and what it may wrap its fields in. */
function insidesOf(payload: { [key: string]: Json }): { [key: string]: Json }[] {
  const wrapped = ['data', 'form_response', 'submission', 'payload'].map((name) => payload[name]).filter(isObject);
  return [payload, ...wrapped];
}

/** Every answer as text, under its name in lower case without separators. What is found first stays. */
function fieldsOf(payload: { [key: string]: Json }): Map<string, string> {
  const fields = new Map<string, string>();
  const add = (name: Json | undefined, value: Json | undefined) => {
    const key = typeof name === 'string' ? plain(name) : '';
    const answer = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
    if (key !== '' && answer !== '' && !fields.has(key)) fields.set(key, answer);
  };
  for (const inside of insidesOf(payload)) {
    for (const [name, value] of Object.entries(inside)) add(name, value);
    for (const group of [inside.fields, inside.answers, inside.questions, inside.responses]) addGroup(group, add);
  }
  return fields;
}

type Add = (name: Json | undefined, value: Json | undefined) => void;

function addGroup(group: Json | undefined, add: Add): void {
  if (Array.isArray(group)) for (const answer of group) addAnswer(answer, add);
  else if (isObject(group)) for (const [name, answer] of Object.entries(group)) add(name, isObject(answer) ? answer.value : answer);
}

function addAnswer(answer: Json, add: Add): void {
  if (!isObject(answer)) return;
  const { field } = answer;
  const value = answer.value ?? answer.answer ?? answer.text ?? answer.email ?? answer.phone_number ?? answer.number;
  const labels = [answer.label, answer.name, answer.title, answer.question, answer.key];
  for (const label of isObject(field) ? [...labels, field.title, field.ref] : labels) add(label, value);
  // Typeform names the kind of a field rather than its label.
  if (typeof answer.type === 'string' && /email/i.test(answer.type)) add('email', value);
}

function emailOf(named: string | null, fields: Map<string, string>): string | null {
  const candidates = named === null ? [...fields.values()] : [named, ...fields.values()];
  return candidates.map((text) => address.safeParse(text).data).find((found) => found !== undefined) ?? null;
}

const plain = (name: string): string =>
  name
    .slice(0, name_chars_max)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
const cut = (text: string | null, chars_max: number): string | null => text && text.slice(0, chars_max).toWellFormed();
