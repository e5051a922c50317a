import type { LabPlan } from '../topology/plan.ts';

/**
 * A part of a fault's specification: how it is written on a command line, and what is allowed there. Suites
 * give the value itself.
 */
export interface Parameter<Value> {
  /** What stands for it in help texts: `NODE`. */
  readonly placeholder: string;
  readonly help: string;
  readonly isOptional: boolean;
  /** Name of its option on the command line: `loss` for `--loss`. */
  readonly option?: string;
  /** As a plain word it takes all words that are left. */
  readonly isList?: true;
  /** The names there are in this lab, where it is one of them. */
  allowed?(plan: LabPlan): readonly string[];
  /** Takes words from a command line apart: one, or all of a list. What makes no sense is left to `problems`. */
  read(words: readonly string[]): unknown;
  /** All that is wrong with a value in this lab; empty when it is sound. `label` is what the user calls the parameter. */
  problems(value: unknown, plan: LabPlan, label: string): readonly string[];
  /** Carries the type. */
  readonly value?: Value;
}

export interface OptionalParameter<Value> extends Parameter<Value> {
  readonly isOptional: true;
}

export function optional<Value>(parameter: Parameter<Value>): OptionalParameter<Value> {
  return { ...parameter, isOptional: true };
}

export type ParameterSet = Readonly<Record<string, Parameter<unknown>>>;

type OptionalName<Set extends ParameterSet> = {
  [Name in keyof Set]: Set[Name] extends OptionalParameter<unknown> ? Name : never;
}[keyof Set];

type ValueOf<P> = P extends Parameter<infer Value> ? Value : never;

/** The specification that a set of parameters describes. */
export type SpecOf<Set extends ParameterSet> = {
  readonly [Name in Exclude<keyof Set, OptionalName<Set>>]: ValueOf<Set[Name]>;
} & {
  readonly [Name in OptionalName<Set>]?: ValueOf<Set[Name]>;
};

/** The option that a parameter goes by: its own, or its name in kebab case. */
export function optionOf(name: string, parameter: Parameter<unknown>): string {
  return parameter.option ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function wanted(label: string, value: unknown, allowed: string): string {
  return `${label} is ${JSON.stringify(value)}: ${allowed} is wanted`;
}
