import assert from "node:assert/strict";
import { test } from "node:test";
import type { SchemaNode } from "../schema-node.ts";
import { BudgetError, bool, CelError, CelSyntaxError, compile, declaredType, fromJson } from "./index.ts";

const text: SchemaNode = { type: "string" };
const schema: SchemaNode = {
  type: "object",
  properties: new Map<string, SchemaNode>([
    ["name", text],
    ["count", { type: "integer" }],
    ["ratio", { type: "number" }],
    ["on", { type: "boolean" }],
    ["absent", text],
    ["list", { type: "array", items: { type: "integer" } }],
    ["set", { type: "array", listType: "set", items: text }],
    [
      "items",
      {
        type: "array",
        items: {
          type: "object",
          properties: new Map([
            ["id", text],
            ["size", { type: "integer" }],
          ]),
        },
      },
    ],
    ["labels", { type: "object", additionalProperties: text }],
    ["port", { intOrString: true }],
    ["when", { type: "string", format: "date-time" }],
    ["foo-bar", { type: "integer" }],
    ["namespace", text],
    ["anything", { preserveUnknownFields: true }],
  ]),
};
const self = {
  name: "hello",
  count: 3,
  ratio: 2,
  on: true,
  list: [3, 1, 2],
  set: ["a", "b"],
  items: [
    { id: "x", size: 1 },
    { id: "y", size: 5 },
  ],
  labels: { a: "1", "b.c/d": "2" },
  port: "http",
  when: "2026-11-21T08:30:00Z",
  "foo-bar": 7,
  namespace: "ns",
};

function evaluate(rule: string, steps = 100_000): unknown {
  const type = declaredType(schema);
  assert.ok(type);
  const program = compile(rule, new Map([["self", type]]), bool);
  return program.run(new Map([["self", fromJson(self, schema)]]), { steps });
}

const truths = [
  "self.name == 'hello' && self.count >= 3",
  "has(self.name) && !has(self.absent) && !has(self.labels.zzz) && has(self.labels.a)",
  "self.absent == 'x' || true",
  "true || self.absent == 'x'",
  "self.ratio == 2.0 && self.ratio > 1 && self.count < 3.5",
  "self.count + 4 == 7 && 7 / 2 == 3 && -7 / 2 == -3 && -7 % 3 == -1",
  "self.list.all(x, x > 0) && self.list.exists(x, x == 2) && self.list.exists_one(x, x == 3)",
  "self.list.map(x, x * 2) == [6, 2, 4] && self.list.filter(x, x > 1) == [3, 2]",
  "self.list.map(x, x > 1, x + 1) == [4, 3]",
  "self.items.all(i, i.size > 0) && self.items.exists(i, i.id == 'y' && i.size == 5)",
  "self.items.map(i, i.id) == ['x', 'y']",
  "'a' in self.labels && !('q' in self.labels) && self.labels['b.c/d'] == '2'",
  "self.labels.all(k, self.labels[k].size() == 1)",
  "1 in self.list && size(self.list) == 3 && self.list.size() == 3",
  "self.set == ['b', 'a'] && self.set + ['b', 'c'] == ['a', 'b', 'c']",
  "self.list.isSorted() == false && self.list.min() == 1 && self.list.max() == 3 && self.list.sum() == 6",
  "self.list.indexOf(2) == 2 && self.list.lastIndexOf(9) == -1",
  "self.port == 'http' && type(self.port) == string && type(1) == int && type([]) == list",
  "self.foo__dash__bar == 7 && self.__namespace__ == 'ns'",
  "self.when > timestamp('2026-01-01T00:00:00Z') && self.when.getFullYear() == 2026 && self.when.getHours('+02:00') == 10",
  "duration('1h30m') == duration('90m') && self.when + duration('30m') == timestamp('2026-11-21T09:00:00Z')",
  "self.name.matches('^h.*o$') && self.name.contains('ell') && self.name.startsWith('he') && self.name.endsWith('lo')",
  "'abc'.find('[bc]+') == 'bc' && '123 abc 456'.findAll('[0-9]+') == ['123', '456'] && '1 2 3'.findAll('[0-9]', 2) == ['1', '2']",
  "'a,b,c'.split(',') == ['a', 'b', 'c'] && ['a', 'b'].join('-') == 'a-b' && 'tacocat'.indexOf('c') == 2",
  "'hello'.substring(1, 3) == 'el' && 'aXbX'.replace('X', '-') == 'a-b-' && ' x '.trim() == 'x' && 'ABc'.lowerAscii() == 'abc'",
  "'hello'.charAt(4) == 'o' && 'x'.upperAscii() == 'X' && 'n=%d s=%s'.format([5, 'q']) == 'n=5 s=q'",
  "quantity('1.5Gi').isGreaterThan(quantity('1Gi')) && isQuantity('100m') && !isQuantity('x') && sign(quantity('-1')) == -1",
  "quantity('50k').add(quantity('20k')).sub(1000) == quantity('69000') && quantity('2').asInteger() == 2",
  "url('https://example.com:80/path?k=v&k=w').getHost() == 'example.com:80' && url('https://[::1]:80/').getHostname() == '::1'",
  "url('https://example.com/p').getQuery() == {} && isURL('/absolute') && !isURL('../x') && url('https://a/x%20y').getEscapedPath() == '/x%20y'",
  "ip('192.168.0.1').family() == 4 && isIP('::1') && ip('127.0.0.1').isLoopback() && ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')",
  "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16')) && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
  "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('v1.0', true).major() == 1 && !isSemver('1.2')",
  "!format.dns1123Label().validate('ok-name').hasValue() && format.named('dns1123Label').value().validate('NOT OK').hasValue()",
  "self.?absent.orValue('none') == 'none' && self.?name.orValue('none') == 'hello' && !self.?absent.hasValue()",
  "self.labels[?'a'].hasValue() && optional.of(1).optMap(x, x + 1).value() == 2 && self.list[?9].orValue(0) == 0",
  "self.list.all(i, v, self.list[i] == v) && self.labels.transformList(k, v, v) == ['1', '2']",
  "self.labels.transformMap(k, v, v + '!') == {'a': '1!', 'b.c/d': '2!'}",
  "sets.contains(self.list, [1, 2]) && sets.equivalent([1, 2], [2, 1, 1]) && !sets.intersects([1], [2])",
  "self.count > 2 ? self.on : false",
  "[1, 2] + [3] == [1, 2, 3] && [[1], [2]].flatten() == [1, 2] && [1, 1, 2].distinct() == [1, 2]",
  "dyn(1) == 1.0 && string(12) == '12' && int('7') == 7 && double('1.5') == 1.5 && b'abc' == bytes('abc')",
  "'\\u00e9\\n' == 'é\\n' && r'\\d' == '\\\\d' && \"\"\"a\"b\"\"\" == 'a\"b' && 0x1F == 31 && 1e3 == 1000.0 && 5u == uint(5)",
];

for (const rule of truths) {
  test(rule, () => assert.equal(evaluate(rule), true));
}

const compileErrors: readonly [rule: string, message: RegExp][] = [
  ["self.nope == 1", /^ERROR: <input>:1:5: undefined field 'nope'\n \| self\.nope == 1\n \| \.\.\.\.\^$/],
  ["self.anything == 1", /undefined field 'anything'/],
  ["self.name == 1", /found no matching overload for '_==_' applied to '\(string, int\)'/],
  ["self.name.size() + 'x' == ''", /no matching overload for '_\+_' applied to '\(int, string\)'/],
  ["nope(self.name)", /undeclared reference to 'nope'/],
  ["other == 1", /undeclared reference to 'other' \(in container ''\)/],
  ["self.count.all(x, x)", /cannot be range of a comprehension/],
  ["self.name ==", /Syntax error/],
];

for (const [rule, message] of compileErrors) {
  test(`refuses ${rule}`, () =>
    assert.throws(
      () => evaluate(rule),
      (error) => error instanceof CelSyntaxError && message.test(error.message),
    ));
}

const failures: readonly [rule: string, message: RegExp][] = [
  ["self.absent == 'x'", /^no such key: absent$/],
  ["self.list[9] == 1", /^index out of bounds: 9$/],
  ["1 / (self.count - 3) == 1", /^division by zero$/],
  ["self.port > 5", /^no such overload$/],
  ["quantity('x').isInteger()", /quantities must match/],
];

for (const [rule, message] of failures) {
  test(`${rule} fails to run`, () =>
    assert.throws(
      () => evaluate(rule),
      (error) => error instanceof CelError && message.test(error.message),
    ));
}

test("a rule that takes too many steps is stopped", () => {
  const expensive = "self.list.all(a, self.list.all(b, self.list.all(c, self.list.all(d, a + b + c + d > 0))))";
  assert.throws(() => evaluate(expensive, 50), BudgetError);
});

test("nesting without end is refused", () => {
  assert.throws(() => evaluate(`${"(".repeat(5_000)}true${")".repeat(5_000)}`), CelSyntaxError);
});
