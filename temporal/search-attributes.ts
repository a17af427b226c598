/** Makes the search attributes known to a Temporal namespace. */
import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';

import { search_attributes } from '../domain/search-attributes.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const types = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const;

const all = Object.entries(search_attributes);

/** Adds those that are missing; repeating it changes nothing. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = all.filter(([name]) => !Object.hasOwn(customAttributes ?? {}, name));
  if (missing.length > 0) await addSearchAttributes(connection, namespace, missing);
}

/** Without asking first which are there, for a server that cannot tell. */
export async function addSearchAttributes(connection: Connection, namespace: string, wanted = all): Promise<void> {
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(wanted.map(([name, type]) => [name, types[type]])),
  });
}
