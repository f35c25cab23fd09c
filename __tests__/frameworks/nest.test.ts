/** The NestJS app of the guide. */
import * as guide from './apps/nest'
import { keepsThePromisesInNest } from './nest-promises'

keepsThePromisesInNest(guide)
