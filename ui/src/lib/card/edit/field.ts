/** One member of a payload as a form shows it. The server derives it from the action's schema and the sealed payload. */
export interface Field {
  /** The member's name in the payload. */
  name: string;
  label: string;
  /** `fixed` cannot be anything else; `json` is for what has no form of its own. */
  kind: 'line' | 'text' | 'number' | 'moment' | 'choice' | 'switch' | 'fixed' | 'json';
  /** As it is sealed. */
  value: string;
  required: boolean;
  /** Left empty, it is null. */
  nullable: boolean;
  chars_max: number | null;
  min: number | null;
  max: number | null;
  /** 1 for whole numbers. */
  step: number | null;
  choices: string[];
  /** Who or what it happens to: a change is said in bold. */
  is_target: boolean;
}

export interface Editable {
  payload_hash: string;
  version: number;
  fields: Field[];
}

/** How a field is called in the form. */
export const field_prefix = 'field.';

/** The entered values by field, as the form starts. */
export function sealedValues(fields: Field[]): Record<string, string> {
  return Object.fromEntries(fields.map(({ name, value }) => [name, value]));
}
