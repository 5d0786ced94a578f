// Reads {name: simulation} and writes {name: verdict}, as iam-simulate decides.
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const verdicts = {}
for (const [name, simulation] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  const { errors, overallResult } = await runSimulation(simulation, {})
  verdicts[name] = errors ? `invalid: ${JSON.stringify(errors)}` : overallResult
}
process.stdout.write(JSON.stringify(verdicts, null, 1) + '\n')
