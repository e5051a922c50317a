import type { LabPlan } from '../topology/plan.ts';
import { unknownName } from '../wires/nearest-name.ts';
import type { PreparedFault } from './fault.ts';
import { optionOf, type Parameter, type ParameterSet, type SpecOf } from './parameter.ts';

/** A kind of fault: what can be asked for, and how a request becomes a fault of one lab. */
export interface FaultKind<
  Arguments extends readonly unknown[] = readonly never[],
  Name extends string = string,
  Spec = unknown,
> {
  readonly name: Name;
  /** For help: what happens, and what healing does. */
  readonly summary: string;
  readonly healing: string;
  readonly usage: readonly UsagePart[];
  /** A typed call as the specification that it stands for. */
  specOf(...args: Arguments): Readonly<Record<string, unknown>>;
  /** Words of a command line as a specification; what is wrong with the words alone. */
  read(words: readonly string[]): Request;
  /** The fault, or all that is wrong with the request. */
  prepare(request: Request, plan: LabPlan): PreparedFault | { readonly problems: readonly string[] };
  /** Carries the type of the specification. */
  readonly spec?: Spec;
}

export interface Request {
  readonly spec: Readonly<Record<string, unknown>>;
  /** What the user calls a parameter. Default: its name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

export interface UsagePart {
  /** `NODE`, `[--loss PERCENT]`. */
  readonly text: string;
  readonly help: string;
  readonly isOption: boolean;
}

interface Definition<
  Name extends string,
  Set extends ParameterSet,
  Words extends readonly (keyof Set & string)[],
> {
  readonly name: Name;
  readonly summary: string;
  readonly healing: string;
  /** Parameters that stand without an option, in this order: in a call the first arguments. */
  readonly words: Words;
  readonly parameters: Set;
  /** What each parameter by itself cannot show; called only when they are all sound. */
  readonly problems?: (spec: SpecOf<Set>, plan: LabPlan) => readonly string[];
  readonly prepare: (spec: SpecOf<Set>, plan: LabPlan) => PreparedFault;
}

/** The words first, then an object with the rest, which may be left out when all of it may. */
type ArgumentsOf<Set extends ParameterSet, Words extends readonly (keyof Set)[]> = [
  ...args: { [Index in keyof Words]: SpecOf<Set>[Words[Index] & keyof SpecOf<Set>] },
  ...rest: keyof Set extends Words[number]
    ? []
    : Record<never, never> extends Omit<SpecOf<Set>, Words[number]>
      ? [options?: Omit<SpecOf<Set>, Words[number]>]
      : [options: Omit<SpecOf<Set>, Words[number]>],
];

export function defineFault<
  const Name extends string,
  const Set extends ParameterSet,
  const Words extends readonly (keyof Set & string)[],
>(definition: Definition<Name, Set, Words>): FaultKind<ArgumentsOf<Set, Words>, Name, SpecOf<Set>> {
  const { name, summary, healing, words, parameters } = definition;
  const options = Object.keys(parameters).filter((key) => !words.includes(key));
  const parameter = (key: string) => parameters[key] as Parameter<unknown>;
  return {
    name,
    summary,
    healing,
    usage: [
      ...words.map((key) => wordUsage(parameter(key))),
      ...options.map((key) => optionUsage(key, parameter(key))),
    ],
    specOf: (...args) => ({
      ...Object.fromEntries(words.map((key, index) => [key, args[index]])),
      ...(args[words.length] as object | undefined),
    }),
    read: (given) => readWords(given, { words, options, parameter }),
    prepare: (request, plan) => {
      const { spec, labels } = request;
      const known = Object.keys(parameters);
      const problems = [
        ...request.problems,
        ...Object.keys(spec)
          .filter((key) => !known.includes(key))
          .map((key) => unknownName('part', key, known)),
        ...known.flatMap((key) => {
          const value = spec[key];
          const label = labels[key] ?? key;
          if (value !== undefined) return parameter(key).problems(value, plan, label);
          return parameter(key).isOptional
            ? []
            : [`${label} is missing: ${allowedText(parameter(key), plan)}`];
        }),
      ];
      const sound = spec as SpecOf<Set>;
      if (problems.length === 0) problems.push(...(definition.problems?.(sound, plan) ?? []));
      return problems.length > 0 ? { problems } : definition.prepare(sound, plan);
    },
  };
}

function wordUsage({ placeholder, help, isOptional, isList }: Parameter<unknown>): UsagePart {
  const text = isList === true ? `${placeholder}…` : placeholder;
  return { text: isOptional ? `[${text}]` : text, help, isOption: false };
}

function optionUsage(key: string, parameter: Parameter<unknown>): UsagePart {
  const text = `--${optionOf(key, parameter)} ${parameter.placeholder}`;
  return { text: parameter.isOptional ? `[${text}]` : text, help: parameter.help, isOption: true };
}

interface Grammar {
  readonly words: readonly string[];
  readonly options: readonly string[];
  parameter(key: string): Parameter<unknown>;
}

function readWords(given: readonly string[], { words, options, parameter }: Grammar): Request {
  const optionKeys = new Map(options.map((key) => [`--${optionOf(key, parameter(key))}`, key]));
  const labels = {
    ...Object.fromEntries(words.map((key) => [key, parameter(key).placeholder])),
    ...Object.fromEntries([...optionKeys].map(([option, key]) => [key, option])),
  };
  const spec: Record<string, unknown> = {};
  const problems: string[] = [];
  const plain: string[] = [];
  for (let index = 0; index < given.length; index += 1) {
    const word = given[index] ?? '';
    // A negative amount is a word, not an option.
    if (!word.startsWith('-') || /^-[\d.]/.test(word)) {
      plain.push(word);
      continue;
    }
    const [option = '', attached] = splitOnce(word, '=');
    const key = optionKeys.get(option);
    if (key === undefined) {
      problems.push(unknownOption(option, [...optionKeys.keys()]));
      // What follows is most likely its value.
      if (attached === undefined && given[index + 1]?.startsWith('-') === false) index += 1;
      continue;
    }
    if (attached === undefined) index += 1;
    const value = attached ?? given[index];
    if (value === undefined) problems.push(`${option} is given nothing: ${parameter(key).help}`);
    if (Object.hasOwn(spec, key)) problems.push(`${option} is given twice`);
    spec[key] = parameter(key).read([value ?? '']);
  }
  for (const key of words) {
    const taken = plain.splice(0, parameter(key).isList === true ? plain.length : 1);
    if (taken.length > 0) spec[key] = parameter(key).read(taken);
  }
  if (plain.length > 0)
    problems.push(`nothing is wanted after that: found ${plain.map((word) => `"${word}"`).join(', ')}`);
  return { spec, labels, problems };
}

function unknownOption(option: string, known: readonly string[]): string {
  return known.length === 0 ? `there are no options: found ${option}` : unknownName('option', option, known);
}

function allowedText({ help, allowed }: Parameter<unknown>, plan: LabPlan): string {
  return allowed === undefined ? help : `${help} (${allowed(plan).join(', ')})`;
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
