/** Values and keys that readers of JSON have stumbled over, as they are written. */

export const oddValues: readonly string[] = [
  ...["null", "true", "false", '""', "[]", "{}", "[[]]", "[{}]", "[null]", '" "', '"null"', '"true"', '"0"'],
  ...["0", "-0", "1", "-1", "0.1", "1e0", "1e400", "-1e400", "1e-400", "2147483648", "-2147483649", "4294967296"],
  ...["9007199254740993", "123456789012345678901234567890", "0.30000000000000004", "1.7976931348623157e308"],
  // No JSON, though some readers take it.
  ...["NaN", "Infinity", "-Infinity", "undefined", "0x15", "01", "+1", ".5", "5.", "1e", "1_000", "'single'", "True"],
  // Characters that databases, headers and terminals can't hold.
  ...['"\\u0000"', '"\\ud800"', '"\\udc00x"', '"\\u202e\\u0007"', '"\\ufeff"', '"\\u001b[2J"', '"\\r\\nx-odd: 1"'],
  // Names that mean something to objects.
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"__proto__":null,"toString":1,"valueOf":2,"hasOwnProperty":3}',
  '{"then":1,"toJSON":2,"length":3,"type":"NotFound"}',
  '{"length":4294967295,"0":0}',
];

export const oddKeys: readonly string[] = [
  ...['"__proto__"', '"constructor"', '"prototype"', '"toString"', '"valueOf"', '"hasOwnProperty"', '"toJSON"'],
  ...['"then"', '"length"', '"0"', '""', '" "', '"\\u0000"', '"\\ud800"', '"type"', '"\\u005f_proto__"'],
];
