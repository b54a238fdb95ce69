// Asks Cedar the questions of policy_questions.py and prints, as JSON, the median nanoseconds of a decision with its
// policies parsed once, with its policies parsed for each decision, and the decisions.
"use strict";
const cedar = require("@cedar-policy/cedar-wasm/nodejs");
const fs = require("fs");

const { policies, requests } = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const seconds = Number(process.env.BENCH_SECONDS || 2);

function check(answer) {
  if (answer.type !== "success") throw new Error(JSON.stringify(answer));
  return answer;
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

// Each request is asked in turn until the time is over; each decision is timed by itself.
function measure(decide, budget) {
  const times = [];
  const end = process.hrtime.bigint() + BigInt(Math.round(budget * 1e9));
  for (const request of requests) decide(request); // once for the compiler
  while (process.hrtime.bigint() < end)
    for (const request of requests) {
      const start = process.hrtime.bigint();
      decide(request);
      times.push(Number(process.hrtime.bigint() - start));
    }
  return median(times);
}

const parsed = (request) =>
  check(cedar.statefulIsAuthorized({ ...request, preparsedPolicySetId: "bench", entities: [] })).response;
const unparsed = (request) =>
  check(cedar.isAuthorized({ ...request, policies: { staticPolicies: policies }, entities: [] })).response;

check(cedar.preparsePolicySet("bench", { staticPolicies: policies }));
const decisions = requests.map((request) => {
  const answer = parsed(request);
  if (answer.diagnostics.errors.length) throw new Error(JSON.stringify(answer.diagnostics.errors));
  return answer.decision;
});
console.log(JSON.stringify({ parsed_ns: measure(parsed, seconds), unparsed_ns: measure(unparsed, seconds), decisions }));
