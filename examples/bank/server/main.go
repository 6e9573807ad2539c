// The bank's server: enough of a service to be shipped. It reads app.env, uses the database, says whether it is well, and ends when it is told to.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "github.com/lib/pq"
)

const (
	patience = 3 * time.Second  // for the database's answer
	grace    = 10 * time.Second // for the requests that are being answered when the end comes
)

func main() {
	file := flag.String("config", "app.env", "the file of settings; a variable of the environment beats it")
	flag.Parse()
	settings, err := load(*file)
	if err != nil {
		log.Fatal(err)
	}
	if err := run(settings); err != nil {
		log.Fatal(err)
	}
}

func run(settings settings) error {
	database, err := sql.Open(settings.Driver, settings.Source)
	if err != nil {
		// Its text may hold the URL, and so the password.
		return errors.New("DB_SOURCE can't be read")
	}
	defer database.Close()
	server := &http.Server{Handler: routes(database), ReadHeaderTimeout: patience}
	listener, err := net.Listen("tcp", settings.Address)
	if err != nil {
		return err
	}
	log.Printf("listening on %s", listener.Addr())

	ending, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ending.Done():
		log.Print("ending")
		limit, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		return server.Shutdown(limit)
	}
}

func routes(database *sql.DB) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(response http.ResponseWriter, request *http.Request) {
		version, dirty, err := migration(request.Context(), database)
		switch {
		case err != nil:
			log.Printf("the database does not answer: %v", err)
			answer(response, http.StatusServiceUnavailable, map[string]any{"status": "the database does not answer"})
		case dirty:
			answer(response, http.StatusServiceUnavailable, map[string]any{"status": "a migration failed half-way", "migration": version})
		default:
			answer(response, http.StatusOK, map[string]any{"status": "ok", "migration": version})
		}
	})
	mux.HandleFunc("GET /accounts", func(response http.ResponseWriter, request *http.Request) {
		limit, cancel := context.WithTimeout(request.Context(), patience)
		defer cancel()
		var count int64
		if err := database.QueryRowContext(limit, "SELECT count(*) FROM accounts").Scan(&count); err != nil {
			log.Printf("accounts: %v", err)
			answer(response, http.StatusServiceUnavailable, map[string]any{"status": "the accounts can't be read"})
			return
		}
		answer(response, http.StatusOK, map[string]any{"accounts": count})
	})
	return mux
}

// The version that golang-migrate has written down, and whether it failed in the middle of it.
func migration(outer context.Context, database *sql.DB) (version int64, dirty bool, err error) {
	limit, cancel := context.WithTimeout(outer, patience)
	defer cancel()
	err = database.QueryRowContext(limit, "SELECT version, dirty FROM schema_migrations").Scan(&version, &dirty)
	return version, dirty, err
}

func answer(response http.ResponseWriter, status int, body map[string]any) {
	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)
	_ = json.NewEncoder(response).Encode(body)
}
