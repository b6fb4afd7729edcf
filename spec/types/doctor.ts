/** What TypeScript knows of `doctor`. Compiled, never run. */
import { expectTypeOf } from 'expect-type'
import { type DoctorReport, doctor, type Examined, type Finding, type FindingCode } from 'ringcache'

expectTypeOf(doctor).toEqualTypeOf<() => DoctorReport>()
expectTypeOf<DoctorReport['findings']>().toEqualTypeOf<readonly Finding[]>()
expectTypeOf<DoctorReport['functions'] | Finding['functions']>().toEqualTypeOf<readonly Examined[]>()
expectTypeOf<Finding['code']>().toEqualTypeOf<FindingCode>()
expectTypeOf<Examined['ttl']>().toEqualTypeOf<number | 'function' | undefined>()
expectTypeOf(doctor().toString).returns.toBeString()

// @ts-expect-error it takes nothing
doctor({})
// @ts-expect-error no such code
const wrong: FindingCode = 'shared'
// @ts-expect-error a report is to be read
doctor().findings.push({ code: 'anonymous', message: wrong, functions: [] })
