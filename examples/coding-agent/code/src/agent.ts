// An agent that changes code in a checkout: it reads files, edits them, and runs commands.
import { execSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { anthropic } from "@ai-sdk/anthropic";
import { generateText, tool } from "ai";
import { z } from "zod";

const instructions =
  "You are an engineer's helper. Change the code of the checkout until its tests pass, and say what you did.";

export const readFile = tool({
  description: "Read a file of the checkout.",
  inputSchema: z.object({ path: z.string() }),
  execute: async ({ path }) => readFileSync(path, "utf8"),
});

export const writeFile = tool({
  description: "Write a file of the checkout.",
  inputSchema: z.object({ path: z.string(), content: z.string() }),
  execute: async ({ path, content }) => writeFileSync(path, content),
});

export const runCommand = tool({
  description: "Run a shell command in the checkout.",
  inputSchema: z.object({ command: z.string() }),
  execute: async ({ command }) => execSync(command).toString(),
});

export async function work(task: string): Promise<string> {
  const result = await generateText({
    model: anthropic("claude-opus-4-1-20250805"),
    system: instructions,
    prompt: task,
    tools: { readFile, writeFile, runCommand },
  });
  const script = result.text;
  execSync(script);
  console.log(result.text);
  return result.text;
}
