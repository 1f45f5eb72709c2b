import { tick } from "svelte";

/** Leads to the first field of a form that is marked as wrong, once it is. */
export async function focusProblem(form: EventTarget | null): Promise<void> {
  await tick();
  if (!(form instanceof HTMLFormElement)) return;
  form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}
