import { reasonOf } from '../input-error.js';
import { type Sentence, sentence } from '../sentence.js';

type EventArgument<Observer, Event extends keyof Observer> =
  NonNullable<Observer[Event]> extends (...argument: infer Argument) => unknown ? Argument : never;

/**
 * Tells all observers of what happens, one after the other, and waits for each; one that throws is left out from then on,
 * which a line in the log says.
 */
export class Observers<Observer extends { readonly name: string }> {
  #observers: readonly Observer[];
  readonly #log: (line: Sentence) => void;

  constructor(observers: readonly Observer[], log: (line: Sentence) => void) {
    this.#observers = observers;
    this.#log = log;
  }

  async notify<Event extends Exclude<keyof Observer, 'name'>>(
    event: Event,
    ...argument: EventArgument<Observer, Event>
  ): Promise<void> {
    for (const observer of this.#observers) {
      try {
        const listen = observer[event] as ((...argument: EventArgument<Observer, Event>) => unknown) | undefined;
        await listen?.call(observer, ...argument);
      } catch (error) {
        this.#observers = this.#observers.filter((one) => one !== observer);
        this.#log(sentence`warning: ${observer.name} failed and is left out from now on: ${reasonOf(error)}`);
      }
    }
  }
}
