import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from '@jest/globals'
import type { Runner } from '../../lib/testing.js'

export const jestRunner: Runner = { describe, it, beforeAll, afterAll, beforeEach, afterEach }
