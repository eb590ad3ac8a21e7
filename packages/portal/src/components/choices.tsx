/** A few options side by side: radio buttons as tiles, so that all are seen at once and the arrow keys choose. */
import { useId } from "react";
import "./choices.css";

export interface Choice<T extends string> {
  readonly value: T;
  readonly title: string;
  readonly note?: string;
}

interface ChoicesProps<T extends string> {
  readonly legend: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly options: readonly Choice<T>[];
}

export function Choices<T extends string>({ legend, value, onChange, options }: ChoicesProps<T>) {
  const name = useId();
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      <div className="choices-row">
        {options.map((option) => (
          <label key={option.value} className="choice">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span className="choice-title">{option.title}</span>
            {option.note === undefined ? null : <span className="choice-note">{option.note}</span>}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
