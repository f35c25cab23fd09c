/** What the examples of local-mongodb/README.md are in the midst of. */
import type localMongoDB from 'local-mongodb'

export declare const findDurableServer: typeof localMongoDB.findDurableServer
