// The official Node client against a gateway: whole, streamed, with tools, and what is refused.
//
//   npm install openai
//   SEAWALL_URL=http://127.0.0.1:8080/v1 SEAWALL_KEY=sw_... node openai_node.mjs MODEL
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: process.env.SEAWALL_URL,
  apiKey: process.env.SEAWALL_KEY,
  maxRetries: 0,
});
const model = process.argv[2];
const messages = [{ role: "user", content: "What is the weather in Bern?" }];
const parameters = { type: "object", properties: { city: { type: "string" } } };
const tools = [{ type: "function", function: { name: "weather", parameters } }];
const { completions } = client.chat;

const whole = await completions.create({ model, messages });
assert.ok(whole.choices[0].message.content);
assert.ok(whole.usage.total_tokens > 0);

let text = "";
let usage;
const asked = { model, messages, stream: true, stream_options: { include_usage: true } };
for await (const chunk of await completions.create(asked)) {
  text += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
}
assert.ok(text);
assert.ok(usage.total_tokens > 0);

const [call] = (await completions.create({ model, messages, tools })).choices[0].message.tool_calls;
assert.equal(call.function.name, "weather");
const given = [...messages, { role: "assistant", tool_calls: [call] },
  { role: "tool", tool_call_id: call.id, content: "Sunny, 21 degrees." }];
const after = await completions.create({ model, messages: given, tools });
assert.ok(after.choices[0].message.content);

const streamed = completions.stream({ model, messages, tools });
const [again] = (await streamed.finalChatCompletion()).choices[0].message.tool_calls;
assert.equal(JSON.parse(again.function.arguments).city, "Bern");

await assert.rejects(
  completions.create({ model: "no-such-model", messages }),
  (error) => error instanceof OpenAI.APIError && error.code === "model_not_found",
);
console.log("whole, streamed, tools, streamed tools, refusal: fine");
