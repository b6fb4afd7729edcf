/** What `cachedClass` makes of a class, in types. */
import type { ActionName } from './action-call.js'
import type { CoderOption } from './coder.js'
import type { BOUND, Cached } from './controls.js'
import type { AnyFunction } from './function.js'
import type { AnyOptions, CachedOptions } from './options.js'

/** Any class, abstract ones included. */
export type AnyClass = abstract new (...args: never) => object

/** The options of the methods and getters of an instance, or of the static methods of a class, by their names. */
export type MemberOptions<Owner> = { readonly [K in keyof Owner]?: OptionsOf<FunctionOf<Owner[K]>> }

type OptionsOf<F extends AnyFunction> = CachedOptions<
  F,
  CoderOption | undefined,
  unknown,
  readonly string[] | undefined,
  { readonly [K in ActionName]?: unknown },
  string | null
>

/** A getter is a function without arguments. */
type FunctionOf<Member> = Member extends AnyFunction ? OmitThisParameter<Member> : () => Member

/** Refuses names that are no options. */
export type Strict<Options> = {
  readonly [K in keyof Options]: {
    readonly [O in keyof Options[K]]: O extends keyof AnyOptions ? Options[K][O] : never
  }
}

/** The class `T` with its members cached: `I` has the options of its methods and getters, `S` of its static methods. */
export type CachedClass<T extends AnyClass, I, S> = Constructor<T, CachedInstance<InstanceType<T>, I>> &
  Omit<T, 'prototype' | keyof S> & { readonly [K in keyof S & keyof T]: MemberOf<T[K], S[K]> } & {
    readonly prototype: CachedInstance<InstanceType<T>, I>
  } & Controlled<T, S>

type Constructor<T extends AnyClass, Instance> = T extends new (
  ...args: infer Args
) => object
  ? new (
      ...args: Args
    ) => Instance
  : T extends abstract new (
        ...args: infer Args
      ) => object
    ? abstract new (
        ...args: Args
      ) => Instance
    : never

/** Private and protected members survive only where no call changes its type: where all are plain asynchronous methods. */
type CachedInstance<Instance, I> = ([Changed<Instance, I>] extends [never]
  ? Instance
  : Omit<Instance, Changed<Instance, I>>) & {
  readonly [K in keyof I & keyof Instance]: MemberOf<Instance[K], I[K]>
} & Controlled<Instance, I>

type Changed<Instance, I> = {
  [K in keyof I & keyof Instance]: Instance[K] extends (...args: never) => Promise<unknown>
    ? I[K] extends { readonly defaultAction: unknown } | { readonly userInterface: unknown }
      ? K
      : never
    : K
}[keyof I & keyof Instance]

/** A method is callable with its controls; a getter gives the promise of what it was. */
type MemberOf<Member, O> = Member extends AnyFunction ? CachedBy<Member, O> : Promise<Awaited<Member>>

type CachedBy<Member, O> = Cached<
  FunctionOf<Member>,
  O extends { readonly coder: infer C } ? C : undefined,
  O extends { readonly missValue: infer M } ? M : undefined,
  O extends { readonly parameters: infer P } ? P : undefined,
  O extends { readonly userInterface: (...args: never) => infer U } ? AnswersOf<U> : unknown,
  O extends { readonly defaultAction: infer D } ? D : 'getOrUpdate'
>

type AnswersOf<U> = { [K in keyof U]: U[K] extends (...args: never) => infer Answer ? Answer : never }

/** Exists in types alone: what `controlsOf` gives for each member. */
declare const CONTROLS: unique symbol

interface Controlled<Owner, Options> {
  readonly [CONTROLS]?: { readonly [K in keyof Options & keyof Owner]: CachedBy<Owner[K], Options[K]> }
}

/** The controls of member `K` of `T`. */
export type ControlsOf<T, K extends keyof T> = T extends { readonly [CONTROLS]?: infer All }
  ? K extends keyof NonNullable<All>
    ? NonNullable<All>[K]
    : BoundOf<T[K]>
  : BoundOf<T[K]>

type BoundOf<Member> = Member extends { readonly storage: unknown }
  ? typeof BOUND extends keyof Member
    ? NonNullable<Member[typeof BOUND]>
    : Member
  : never
