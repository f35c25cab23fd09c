// Runs FerretDB, which speaks MongoDB's protocol and keeps its data in SQLite files.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	data := flag.String("data", "", "directory of the data; it must exist")
	flag.Parse()
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: *listen},
		Logger:    logger,
		Handler:   "sqlite",
		SQLiteURL: "file:" + *data + "/",
	})
	if err != nil {
		log.Fatal(err)
	}
	// Waits for the listener, which Run opens.
	go func() { fmt.Println("FERRETDB_URI=" + server.MongoDBURI()) }()
	if err := server.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
