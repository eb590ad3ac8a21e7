/** A titled surface; its title names the region for screen readers. */
import { type ReactNode, useId } from "react";

interface CardProps {
  readonly title: string;
  /** Beside the title, at the end. */
  readonly aside?: ReactNode;
  /** Content reaches the edges: for tables. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

export function Card({ title, aside, flush = false, children }: CardProps) {
  const id = useId();
  return (
    <section className="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      <div className={flush ? "body flush" : "body"}>{children}</div>
    </section>
  );
}
