"""The stack of Scheduler API as its README documents it: FastAPI, APScheduler's DateTrigger, Redis, Requests.

Messages are kept in Redis as `message:<id>`, restored at start, removed when their webhook has been called.
Settings by environment: API_PORT, API_TOKEN, REDIS_SOCKET.
"""
import json
import logging
import os
from datetime import datetime, timezone
from typing import Any

import pytz
import redis
import requests
import uvicorn
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

logging.basicConfig(level=logging.WARNING)
log = logging.getLogger("scheduler_api")

app = FastAPI(title="Scheduler API")
security = HTTPBearer()
store = redis.Redis(unix_socket_path=os.environ["REDIS_SOCKET"], decode_responses=True)
scheduler = BackgroundScheduler(timezone=pytz.UTC)


class Message(BaseModel):
    id: str
    scheduleTo: str
    payload: Any
    webhookUrl: str


async def authorise(credentials: HTTPAuthorizationCredentials = Depends(security)) -> None:
    if credentials.credentials != os.environ["API_TOKEN"]:
        raise HTTPException(status_code=401, detail="Invalid token")


def fire_webhook(message_id: str, webhook_url: str, payload: Any) -> None:
    try:
        requests.post(webhook_url, json=payload, timeout=30).raise_for_status()
        store.delete(f"message:{message_id}")
    except requests.RequestException as error:
        log.error("webhook of %s failed: %s", message_id, error)


def schedule(message_id: str, when: datetime, webhook_url: str, payload: Any) -> None:
    scheduler.add_job(
        fire_webhook, DateTrigger(run_date=when), args=[message_id, webhook_url, payload], id=message_id
    )


def parse(when: str) -> datetime:
    moment = datetime.fromisoformat(when.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def restore() -> None:
    for key in store.scan_iter("message:*"):
        saved = json.loads(store.get(key))
        schedule(saved["id"], parse(saved["scheduleTo"]), saved["webhookUrl"], saved["payload"])


@app.on_event("startup")
def start() -> None:
    restore()
    scheduler.start()


@app.post("/messages", status_code=201, dependencies=[Depends(authorise)])
async def create_message(message: Message):
    try:
        when = parse(message.scheduleTo)
    except ValueError:
        raise HTTPException(status_code=422, detail="Invalid scheduleTo")
    key = f"message:{message.id}"
    if store.exists(key):
        raise HTTPException(status_code=409, detail="Message already exists")
    store.set(key, message.json())
    schedule(message.id, when, message.webhookUrl, message.payload)
    return {"status": "scheduled", "messageId": message.id, "scheduledFor": when.isoformat()}


@app.delete("/messages/{message_id}", dependencies=[Depends(authorise)])
async def delete_message(message_id: str):
    if not store.delete(f"message:{message_id}"):
        raise HTTPException(status_code=404, detail="Message not found")
    try:
        scheduler.remove_job(message_id)
    except JobLookupError:
        pass
    return {"status": "deleted", "messageId": message_id}


@app.get("/health")
async def health():
    store.ping()
    return {"status": "healthy", "redis": "connected", "scheduler": "running"}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["API_PORT"]), log_level="warning", access_log=False)
