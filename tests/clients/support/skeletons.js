// An operation for a root field, as a start for whoever adds one: every argument a variable, every
// leaf selected, objects one level down.

import {
  getNamedType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isUnionType,
  parse,
  print,
} from 'graphql';

const LEVELS = 1;

/** The text of an operation named after the field. */
export function skeleton(kind, field) {
  const name = field.name[0].toUpperCase() + field.name.slice(1);
  const variables = field.args.map((arg) => `$${arg.name}: ${arg.type}${defaultOf(arg)}`);
  const given = field.args.map((arg) => `${arg.name}: $${arg.name}`);
  const list = (items) => (items.length === 0 ? '' : `(${items.join(', ')})`);
  const inner = selection(field.type, LEVELS);
  const text = `${kind} ${name}${list(variables)} { ${field.name}${list(given)} ${inner} }`;
  return `${print(parse(text))}\n`;
}

function defaultOf(arg) {
  const value = arg.astNode?.defaultValue;
  return value === undefined || value === null ? '' : ` = ${print(value)}`;
}

function selection(wrapped, levels) {
  const type = getNamedType(wrapped);
  if (isLeafType(type)) return '';
  // Fields of the same name in several types may clash: what all have in common cannot.
  if (isInterfaceType(type)) return `{ __typename ${fields(type, 0).join(' ')} }`;
  if (isUnionType(type)) return '{ __typename }';
  return `{ ${fields(type, levels).join(' ')} }`;
}

function fields(type, levels) {
  const chosen = [];
  for (const field of Object.values(type.getFields())) {
    const needsArguments = field.args.some((arg) => isNonNullType(arg.type) && !hasDefault(arg));
    if (needsArguments) continue;
    const named = getNamedType(field.type);
    if (isLeafType(named)) {
      chosen.push(field.name);
    } else if (named.name === 'PageInfo') {
      chosen.push(`${field.name} { hasNextPage endCursor }`);
    } else if (levels > 0 && !named.name.endsWith('Connection') && field.name !== 'edges') {
      chosen.push(`${field.name} ${selection(named, levels - 1)}`);
    }
  }
  return chosen.length === 0 ? ['__typename'] : chosen;
}

function hasDefault(arg) {
  return arg.defaultValue !== undefined;
}
